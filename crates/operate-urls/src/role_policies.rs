use presign::names::RoleArn;

use crate::IamError;

/// The inline policies of roles. What has been put is read and listed at once, or some moments later.
pub trait RolePolicies {
    /// The names of all of them.
    ///
    /// # Errors
    /// When IAM does not answer.
    fn names(&self, role: &RoleArn) -> impl Future<Output = Result<Vec<String>, IamError>> + Send;

    /// What one says; none where there is none of this name.
    ///
    /// # Errors
    /// When IAM does not answer.
    fn document(&self, role: &RoleArn, name: &str) -> impl Future<Output = Result<Option<String>, IamError>> + Send;

    /// Makes one, or writes over it.
    ///
    /// # Errors
    /// When IAM does not take it.
    fn put(&self, role: &RoleArn, name: &str, document: &str) -> impl Future<Output = Result<(), IamError>> + Send;

    /// Takes one away. To be too late for it is no failure.
    ///
    /// # Errors
    /// When IAM does not do it.
    fn delete(&self, role: &RoleArn, name: &str) -> impl Future<Output = Result<(), IamError>> + Send;
}
